// TS008
// A kernel of the vector side alone. One rank with two experts, of which each gets two of the four tokens.
#include <acl/acl.h>
#include "kernels/manual/a2a3/moe_combine/moe_combine_kernel.cpp"
#include "device.hpp"

int main()
{
    moe_combine::MoeCombineShape shape{};
    shape.ep = 1, shape.m = 4, shape.k = 1024, shape.topK = 1, shape.expertPerRank = 2, shape.expertNum = 2, shape.aivBlocks = 2;
    CombineRouteMetaLayout layout = MakeCombineRouteMetaLayout(shape);
    uint8_t* meta = device(layout.totalBytes);
    auto set = [&](uint64_t field, std::initializer_list<int32_t> values) {
        for (int32_t value : values) *(int32_t*)(meta + field) = value, field += 4;
    };
    set(layout.peerTokenPerExpert, {2, 2});
    set(layout.cumsumPerExpert, {2, 4});
    set(layout.dispatchOffset, {0, 2});
    set(layout.expandedRowIdx, {0, 1, 2, 3});
    uint8_t* window = device(MakePeerWindowLayout(shape).totalBytes);
    auto* context = (HcclDeviceContext*)device(sizeof(HcclDeviceContext));
    context->rankNum = 1;
    context->windowsIn[0] = context->windowsOut[0] = (uint64_t)window;
    moe_combine::LaunchMoeCombineKernel(
        shape, 0, device(4 * 1024 * 2), device(64), device(4 * 1024 * 2), meta, window, (uint8_t*)context,
        device(MakeWorkspaceLayout(shape).totalBytes), nullptr, 2);
}
