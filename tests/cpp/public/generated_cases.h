// The sizes that flash_atten is instantiated for.
#pragma once
#define TFA_FOR_EACH_CASE(X) X(256, 128, 2048, 128, 128, 256, 4, false)
