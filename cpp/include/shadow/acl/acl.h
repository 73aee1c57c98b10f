// Stands for the host's header of this name: `tilesync/host.hpp` has what of it kernels' hosts use.
#pragma once
#include <tilesync/trace.hpp>
