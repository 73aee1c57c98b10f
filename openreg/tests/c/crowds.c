/* Many streams, many threads. */
#include "kernel.h"

#include <pthread.h>
#include <unistd.h>

static void count_up(void *counter) {
  __atomic_fetch_add((int *)counter, 1, __ATOMIC_SEQ_CST);
}

static void no_wake_up_is_lost_in_destroy(void) {
  int counter = 0;
  for (int i = 0; i < 300000; i++) {
    orStream_t stream;
    OK(orStreamCreate(&stream));
    if (i % 16 == 0) {
      OK(launch(stream, count_up, &counter));
    }
    OK(orStreamDestroy(stream));
  }
  CHECK(counter == 300000 / 16);
}

static void *create_and_destroy(void *stop) {
  while (!__atomic_load_n((int *)stop, __ATOMIC_SEQ_CST)) {
    OK(orStreamDestroy(new_stream(0)));
  }
  return NULL;
}

static void device_synchronize_may_meet_a_destroy(void) {
  int stop = 0;
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) {
    CHECK(pthread_create(&threads[i], NULL, create_and_destroy, &stop) == 0);
  }
  for (int i = 0; i < 5000; i++) {
    OK(orDeviceSynchronize());
  }
  __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
  for (int i = 0; i < 2; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
}

static void sixty_four_blocked_kernels_hold_nobody_up(void) {
  static sem_t gates[64];
  orStream_t streams[64];
  for (int i = 0; i < 64; i++) {
    streams[i] = new_stream(0);
    hold(streams[i], &gates[i]);
  }
  int counter = 0;
  orStream_t free_stream = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  OK(launch(free_stream, count_up, &counter));
  OK(orEventRecord(event, free_stream));
  while (orEventQuery(event) == orErrorNotReady) { /* so that a worker must do it */
    usleep(100);
  }
  CHECK(counter == 1);
  for (int i = 0; i < 64; i++) {
    sem_post(&gates[i]);
    OK(orStreamSynchronize(streams[i]));
  }
}

static void a_hundred_thousand_streams(void) {
  enum { COUNT = 100000 };
  static orStream_t streams[COUNT];
  int counter = 0;
  for (int i = 0; i < COUNT; i++) {
    OK(orStreamCreate(&streams[i]));
    OK(launch(streams[i], count_up, &counter));
  }
  OK(orDeviceSynchronize());
  CHECK(counter == COUNT);
  for (int i = 0; i < COUNT; i++) {
    OK(orStreamDestroy(streams[i]));
  }
}

static void use_any(orStream_t *streams, orEvent_t *events, unsigned int *seed) {
  orStream_t *stream = &streams[rand_r(seed) % 8];
  orEvent_t *event = &events[rand_r(seed) % 8];
  orStream_t a_stream = __atomic_load_n(stream, __ATOMIC_SEQ_CST);
  orEvent_t an_event = __atomic_load_n(event, __ATOMIC_SEQ_CST);
  switch (rand_r(seed) % 8) {
  case 0:
    OK(orStreamCreate(&a_stream));
    orStreamDestroy(__atomic_exchange_n(stream, a_stream, __ATOMIC_SEQ_CST));
    break;
  case 1:
    OK(orEventCreate(&an_event));
    orEventDestroy(__atomic_exchange_n(event, an_event, __ATOMIC_SEQ_CST));
    break;
  case 2:
    orStreamSynchronize(a_stream);
    break;
  case 3:
    orEventQuery(an_event);
    orStreamQuery(a_stream);
    break;
  case 4:
    launch(a_stream, count_up, &seed[1]);
    break;
  case 5:
    orStreamDestroy(a_stream); /* which others go on to use */
    break;
  default:
    orEventRecord(an_event, a_stream);
    orStreamWaitEvent(streams[rand_r(seed) % 8], an_event, 0);
  }
}

static orStream_t racing_streams[8];
static orEvent_t racing_events[8];

static void *race(void *number) {
  static unsigned int state[4][2];
  unsigned int *seed = state[(size_t)number];
  seed[0] = 20261121 + (unsigned int)(size_t)number;
  for (int i = 0; i < 20000; i++) {
    use_any(racing_streams, racing_events, seed);
  }
  return NULL;
}

static void threads_may_race_on_handles_that_end(void) {
  pthread_t threads[4];
  for (size_t i = 0; i < 4; i++) {
    CHECK(pthread_create(&threads[i], NULL, race, (void *)i) == 0);
  }
  for (int i = 0; i < 4; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  OK(orDeviceSynchronize());
}

MAIN(
    CASE(no_wake_up_is_lost_in_destroy),
    CASE(device_synchronize_may_meet_a_destroy),
    CASE(sixty_four_blocked_kernels_hold_nobody_up),
    CASE(a_hundred_thousand_streams),
    CASE(threads_may_race_on_handles_that_end)
)
