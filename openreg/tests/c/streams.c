/* Devices and streams. */
#include "kernel.h"

#include <pthread.h>
#include <stdint.h>
#include <unistd.h>

static void devices_are_two(void) {
  int count = 0, device = -1;
  OK(orGetDeviceCount(&count));
  CHECK(count == 2);
  OK(orGetDevice(&device));
  CHECK(device == 0);
  REFUSED(orSetDevice(-1));
  REFUSED(orSetDevice(2));
  OK(orSetDevice(1));
  OK(orGetDevice(&device));
  CHECK(device == 1);
  REFUSED(orGetDeviceCount(NULL));
  REFUSED(orGetDevice(NULL));
  int least = -1, greatest = -1;
  OK(orDeviceGetStreamPriorityRange(&least, &greatest));
  CHECK(least == 0 && greatest == 1);
  REFUSED(orDeviceGetStreamPriorityRange(NULL, &greatest));
  REFUSED(orDeviceGetStreamPriorityRange(&least, NULL));
}

static void *current_device(void *device) {
  OK(orGetDevice((int *)device));
  return NULL;
}

static void the_current_device_belongs_to_the_thread(void) {
  OK(orSetDevice(1));
  int device = -1;
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, current_device, &device) == 0);
  CHECK(pthread_join(thread, NULL) == 0);
  CHECK(device == 0);
}

static void look_at_device(void *device) {
  OK(orGetDevice((int *)device));
}

static void a_kernel_has_the_device_of_its_stream(void) {
  for (int expected = 0; expected < 2; expected++) {
    orStream_t stream = new_stream(expected);
    int device = -1;
    OK(launch(stream, look_at_device, &device));
    OK(orStreamSynchronize(stream));
    CHECK(device == expected);
    OK(orGetDevice(&device));
    CHECK(device == 0);
  }
}

static void a_priority_reads_back(void) {
  orStream_t stream;
  int priority = -1;
  for (int asked = 0; asked < 2; asked++) {
    OK(orStreamCreateWithPriority(&stream, 0, asked));
    OK(orStreamGetPriority(stream, &priority));
    CHECK(priority == asked);
  }
  OK(orStreamCreate(&stream));
  OK(orStreamGetPriority(stream, &priority));
  CHECK(priority == 0);
  REFUSED(orStreamGetPriority(stream, NULL));
  REFUSED(orStreamCreateWithPriority(&stream, 0, -1));
  REFUSED(orStreamCreateWithPriority(&stream, 0, 2));
  REFUSED(orStreamCreateWithPriority(NULL, 0, 0));
  REFUSED(orStreamCreate(NULL));
}

static void a_query_is_pending_while_a_kernel_runs(void) {
  orStream_t stream = new_stream(0);
  OK(orStreamQuery(stream));
  sem_t gate;
  hold(stream, &gate);
  for (int i = 0; i < 100; i++) {
    PENDING(orStreamQuery(stream));
    usleep(100);
  }
  sem_post(&gate);
  OK(orStreamSynchronize(stream));
  OK(orStreamQuery(stream));
}

static void count_up(void *counter) {
  __atomic_fetch_add((int *)counter, 1, __ATOMIC_SEQ_CST);
}

static void destroy_drains(void) {
  int counter = 0;
  orStream_t stream = new_stream(0);
  for (int i = 0; i < 1000; i++) {
    OK(launch(stream, count_up, &counter));
  }
  OK(orStreamDestroy(stream));
  CHECK(counter == 1000);
}

static void *open_soon(void *gate) {
  usleep(20000);
  sem_post((sem_t *)gate);
  return NULL;
}

static void synchronize_waits_whatever_the_device(void) {
  orStream_t stream = new_stream(1);
  int counter = 0;
  sem_t gate;
  hold(stream, &gate);
  OK(launch(stream, count_up, &counter));
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, open_soon, &gate) == 0);
  OK(orSetDevice(0));
  OK(orStreamSynchronize(stream));
  CHECK(counter == 1);
  CHECK(pthread_join(thread, NULL) == 0);
}

static void device_synchronize_waits_for_its_own_streams_only(void) {
  orStream_t ours[3] = {new_stream(0), new_stream(0), new_stream(0)};
  orStream_t other = new_stream(1);
  int counter = 0;
  sem_t gate;
  hold(other, &gate);
  for (int i = 0; i < 3; i++) {
    OK(launch(ours[i], count_up, &counter));
  }
  OK(orDeviceSynchronize());
  CHECK(counter == 3);
  PENDING(orStreamQuery(other));
  sem_post(&gate);
  OK(orSetDevice(1));
  OK(orDeviceSynchronize());
  OK(orStreamQuery(other));
}

static void no_handle_is_used_after_its_end(void) {
  orStream_t stream = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  orStream_t garbage[] = {NULL, (orStream_t)2, (orStream_t)&stream, (orStream_t)event,
                          (orStream_t)(~(size_t)0), stream};
  OK(orStreamDestroy(stream));
  orStream_t again = new_stream(0); /* may take the same place */
  for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
    int priority;
    char from = 1, to = 0;
    REFUSED(orStreamDestroy(garbage[i]));
    REFUSED(orStreamQuery(garbage[i]));
    REFUSED(orStreamSynchronize(garbage[i]));
    REFUSED(orStreamGetPriority(garbage[i], &priority));
    REFUSED(orStreamWaitEvent(garbage[i], event, 0));
    REFUSED(orEventRecord(event, garbage[i]));
    REFUSED(orMemcpyAsync(&to, &from, 1, orMemcpyHostToHost, garbage[i]));
    REFUSED(launch(garbage[i], count_up, &priority));
  }
  OK(orStreamDestroy(again));
}

static void an_empty_function_is_refused(void) {
  orStream_t stream = new_stream(0);
  struct function empty = {{NULL, NULL}, NULL, NULL};
  REFUSED(add_task(stream, &empty));
  REFUSED(add_task(stream, NULL));
  OK(orStreamSynchronize(stream));
}

struct attempt {
  orStream_t own, other;
  orEvent_t event;
  orError_t answers[6];
};

static void wait_inside(void *argument) {
  struct attempt *attempt = argument;
  attempt->answers[0] = orStreamSynchronize(attempt->own);
  attempt->answers[1] = orStreamSynchronize(attempt->other);
  attempt->answers[2] = orDeviceSynchronize();
  attempt->answers[3] = orEventSynchronize(attempt->event);
  attempt->answers[4] = orStreamDestroy(attempt->own);
  attempt->answers[5] = orStreamDestroy(attempt->other);
}

static void a_kernel_may_not_wait_for_a_stream(void) {
  struct attempt attempt = {new_stream(0), new_stream(0), new_event(0, orEventDisableTiming), {0}};
  OK(launch(attempt.own, wait_inside, &attempt));
  OK(orStreamSynchronize(attempt.own));
  for (int i = 0; i < 6; i++) {
    REFUSED(attempt.answers[i]);
  }
  OK(orStreamDestroy(attempt.own));
  OK(orStreamDestroy(attempt.other));
}

static void a_host_function_is_called_with_its_argument(void) {
  orStream_t stream = new_stream(0);
  int counter = 0;
  sem_t gate;
  hold(stream, &gate);
  OK(orLaunchHostFunc(stream, count_up, &counter));
  OK(launch(stream, count_up, &counter)); /* both kinds take their turn */
  OK(orLaunchHostFunc(stream, count_up, &counter));
  REFUSED(orLaunchHostFunc(stream, NULL, &counter));
  REFUSED(orLaunchHostFunc(NULL, count_up, &counter));
  CHECK(counter == 0);
  sem_post(&gate);
  OK(orStreamSynchronize(stream));
  CHECK(counter == 3);
}

static void exit_with_busy_streams(void) {
  static sem_t gates[64];
  for (int i = 0; i < 64; i++) {
    hold(new_stream(i % 2), &gates[i]);
  }
}

static orStream_t last_stream;
static sem_t last_gate;

static void synchronize_last(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, open_soon, &last_gate) != 0 ||
      orStreamSynchronize(last_stream) != orSuccess || orStreamDestroy(last_stream) != orSuccess) {
    _exit(1);
  }
}

static void streams_work_while_the_process_exits(void) {
  CHECK(atexit(synchronize_last) == 0);
  last_stream = new_stream(0);
  hold(last_stream, &last_gate);
  usleep(10000); /* so that a worker runs it and the host must sleep */
}

MAIN(
    CASE(devices_are_two),
    CASE(the_current_device_belongs_to_the_thread),
    CASE(a_kernel_has_the_device_of_its_stream),
    CASE(a_priority_reads_back),
    CASE(a_query_is_pending_while_a_kernel_runs),
    CASE(destroy_drains),
    CASE(synchronize_waits_whatever_the_device),
    CASE(device_synchronize_waits_for_its_own_streams_only),
    CASE(no_handle_is_used_after_its_end),
    CASE(an_empty_function_is_refused),
    CASE(a_kernel_may_not_wait_for_a_stream),
    CASE(a_host_function_is_called_with_its_argument),
    CASE(exit_with_busy_streams),
    CASE(streams_work_while_the_process_exits)
)
