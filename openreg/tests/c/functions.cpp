// The one C++ symbol: std::function of every kind.
#include "cases.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

orStream_t new_stream() {
  orStream_t stream;
  OK(orStreamCreate(&stream));
  return stream;
}

void a_small_lambda_runs() {
  orStream_t stream = new_stream();
  std::atomic<int> counter{0};
  OK(openreg::addTaskToStream(stream, [&] { counter++; }));
  OK(orStreamSynchronize(stream));
  CHECK(counter == 1);
}

void captures_are_moved_and_destroyed_once() {
  auto shared = std::make_shared<int>(0);
  std::vector<std::string> large(10, std::string(100, 'x'));
  orStream_t stream = new_stream();
  for (int i = 0; i < 1000; i++) {
    OK(openreg::addTaskToStream(stream, [shared, large] { *shared += (int)large.size(); }));
  }
  OK(orStreamSynchronize(stream));
  CHECK(*shared == 10000);
  CHECK(shared.use_count() == 1);
}

void a_function_that_is_refused_stays_with_the_caller() {
  auto shared = std::make_shared<int>(0);
  REFUSED(openreg::addTaskToStream(nullptr, [shared] { ++*shared; }));
  CHECK(shared.use_count() == 1 && *shared == 0);
}

void an_empty_function_is_refused() {
  orStream_t stream = new_stream();
  REFUSED(openreg::addTaskToStream(stream, std::function<void()>()));
  OK(orStreamSynchronize(stream));
}

void add(float *out, const float *left, const float *right, int count) {
  for (int i = 0; i < count; i++) {
    out[i] = left[i] + right[i];
  }
}

void the_launch_template_adds_vectors() {
  constexpr int count = 5000;
  constexpr size_t size = count * sizeof(float);
  std::vector<float> host[3];
  float *device[3];
  for (int i = 0; i < 3; i++) {
    host[i].assign(count, (float)(i + 1));
    OK(orMalloc(reinterpret_cast<void **>(&device[i]), size));
    OK(orMemoryUnprotect(device[i]));
  }
  orStream_t copies = new_stream(), compute = new_stream();
  orEvent_t loaded, added;
  OK(orEventCreate(&loaded));
  OK(orEventCreate(&added));
  OK(orMemcpyAsync(device[1], host[1].data(), size, orMemcpyHostToDevice, copies));
  OK(orMemcpyAsync(device[2], host[2].data(), size, orMemcpyHostToDevice, copies));
  OK(orEventRecord(loaded, copies));
  OK(orStreamWaitEvent(compute, loaded, 0));
  OK(orLaunchKernel(compute, add, device[0], device[1], device[2], count));
  OK(orEventRecord(added, compute));
  OK(orStreamWaitEvent(copies, added, 0));
  OK(orMemcpyAsync(host[0].data(), device[0], size, orMemcpyDeviceToHost, copies));
  OK(orStreamSynchronize(copies));
  for (float sum : host[0]) {
    CHECK(sum == 5.0f);
  }
  for (float *memory : device) {
    OK(orMemoryProtect(memory));
    OK(orFree(memory));
  }
}

} // namespace

MAIN(
    CASE(a_small_lambda_runs),
    CASE(captures_are_moved_and_destroyed_once),
    CASE(a_function_that_is_refused_stays_with_the_caller),
    CASE(an_empty_function_is_refused),
    CASE(the_launch_template_adds_vectors)
)
