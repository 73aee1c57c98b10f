/* Events. */
#include "kernel.h"

#include <pthread.h>
#include <unistd.h>

static void ping_pong_on_one_event(void) {
  orStream_t streams[2] = {new_stream(0), new_stream(0)};
  orEvent_t event = new_event(0, orEventDisableTiming);
  for (int hop = 0; hop < 20000; hop++) {
    OK(orEventRecord(event, streams[hop % 2]));
    OK(orStreamWaitEvent(streams[(hop + 1) % 2], event, 0));
  }
  OK(orStreamSynchronize(streams[0]));
  OK(orStreamSynchronize(streams[1]));
}

static void a_wait_keeps_to_the_record_of_its_call(void) {
  orStream_t first = new_stream(0), second = new_stream(0), third = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  sem_t gate_of_first, gate_of_second;
  hold(first, &gate_of_first);
  hold(second, &gate_of_second);
  OK(orEventRecord(event, first));
  OK(orStreamWaitEvent(third, event, 0));
  OK(orEventRecord(event, second));
  sem_post(&gate_of_first);
  OK(orStreamSynchronize(third)); /* although the later record is pending */
  PENDING(orEventQuery(event));
  sem_post(&gate_of_second);
  OK(orEventSynchronize(event));
  OK(orEventQuery(event));
}

static void a_record_again_is_pending_until_the_last_is_reached(void) {
  orStream_t idle = new_stream(0), busy = new_stream(0), waiting = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  sem_t gate;
  hold(busy, &gate);
  OK(orEventRecord(event, busy));
  OK(orEventRecord(event, idle));
  OK(orEventQuery(event)); /* the latest is the idle one */
  OK(orEventRecord(event, busy));
  PENDING(orEventQuery(event));
  OK(orStreamWaitEvent(waiting, event, 0));
  PENDING(orStreamQuery(waiting));
  sem_post(&gate);
  OK(orStreamSynchronize(waiting));
}

static void a_wait_outlives_the_event(void) {
  orStream_t busy = new_stream(0), waiting = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  sem_t gate;
  hold(busy, &gate);
  OK(orEventRecord(event, busy));
  OK(orStreamWaitEvent(waiting, event, 0));
  OK(orEventDestroy(event));
  PENDING(orStreamQuery(waiting));
  sem_post(&gate);
  OK(orStreamSynchronize(waiting));
}

static void never_recorded_is_complete(void) {
  orEvent_t event = new_event(0, orEventEnableTiming);
  OK(orEventQuery(event));
  OK(orEventSynchronize(event));
  orStream_t stream = new_stream(0);
  OK(orStreamWaitEvent(stream, event, 0));
  OK(orStreamSynchronize(stream));
}

static void elapsed_time_only_where_there_is_one(void) {
  orStream_t stream = new_stream(0);
  orEvent_t start = new_event(0, orEventEnableTiming), end = new_event(0, orEventEnableTiming);
  orEvent_t untimed = new_event(0, orEventDisableTiming);
  orEvent_t elsewhere = new_event(1, orEventEnableTiming);
  float ms = -1;
  REFUSED(orEventElapsedTime(&ms, start, end)); /* never recorded */
  OK(orEventRecord(start, stream));
  REFUSED(orEventElapsedTime(&ms, start, end));
  sem_t gate;
  hold(stream, &gate);
  OK(orEventRecord(end, stream));
  PENDING(orEventElapsedTime(&ms, start, end));
  CHECK(ms == -1);
  usleep(2000);
  sem_post(&gate);
  OK(orEventSynchronize(end));
  OK(orEventElapsedTime(&ms, start, end));
  CHECK(ms >= 2 && ms < 60000);
  float back;
  OK(orEventElapsedTime(&back, end, start));
  CHECK(back == -ms);
  OK(orEventRecord(untimed, stream));
  REFUSED(orEventElapsedTime(&ms, untimed, end));
  REFUSED(orEventElapsedTime(&ms, start, untimed));
  orStream_t other = new_stream(1);
  OK(orEventRecord(elsewhere, other));
  REFUSED(orEventElapsedTime(&ms, start, elsewhere));
  REFUSED(orEventElapsedTime(NULL, start, end));
}

static void a_record_on_another_device_has_no_elapsed_time(void) {
  orStream_t stream = new_stream(0), other = new_stream(1);
  orEvent_t start = new_event(0, orEventEnableTiming), end = new_event(1, orEventEnableTiming);
  sem_t gate;
  OK(orEventRecord(start, stream));
  hold(stream, &gate);
  OK(orEventRecord(end, stream)); /* of device 1 on a stream of device 0 */
  PENDING(orEventQuery(end));
  OK(orStreamWaitEvent(other, end, 0));
  PENDING(orStreamQuery(other));
  sem_post(&gate);
  OK(orEventSynchronize(start));
  OK(orEventSynchronize(end));
  OK(orStreamSynchronize(other));
  float ms = -1;
  REFUSED(orEventElapsedTime(&ms, start, end));
  REFUSED(orEventElapsedTime(&ms, end, start));
  CHECK(ms == -1);
  OK(orEventRecord(end, other));
  OK(orEventSynchronize(end));
  REFUSED(orEventElapsedTime(&ms, start, end));
}

static void no_handle_is_used_after_its_end(void) {
  orStream_t stream = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  orEvent_t garbage[] = {NULL, (orEvent_t)1, (orEvent_t)&stream, (orEvent_t)stream,
                         (orEvent_t)(~(size_t)0), event};
  OK(orEventDestroy(event));
  orEvent_t again = new_event(0, orEventDisableTiming); /* may take the same place */
  for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
    float ms;
    REFUSED(orEventDestroy(garbage[i]));
    REFUSED(orEventRecord(garbage[i], stream));
    REFUSED(orEventQuery(garbage[i]));
    REFUSED(orEventSynchronize(garbage[i]));
    REFUSED(orStreamWaitEvent(stream, garbage[i], 0));
    REFUSED(orEventElapsedTime(&ms, garbage[i], again));
    REFUSED(orEventElapsedTime(&ms, again, garbage[i]));
  }
  OK(orEventDestroy(again));
}

static void null_is_no_event_where_there_is_none(void) {
  REFUSED(orEventQuery(NULL));
  OK(orEventDestroy(new_event(0, orEventDisableTiming)));
  REFUSED(orEventQuery(NULL));
  REFUSED(orEventDestroy(NULL));
  orStream_t stream = new_stream(0);
  REFUSED(orStreamQuery(NULL));
  OK(orStreamDestroy(stream));
  REFUSED(orStreamQuery(NULL));
  REFUSED(orStreamDestroy(NULL));
}

static void no_unknown_flags(void) {
  orStream_t stream = new_stream(0);
  orEvent_t event;
  OK(orEventCreate(&event));
  REFUSED(orEventCreateWithFlags(&event, 2));
  REFUSED(orEventCreateWithFlags(NULL, 0));
  REFUSED(orEventCreate(NULL));
  REFUSED(orStreamWaitEvent(stream, event, 1));
}

static void *synchronize(void *event) {
  OK(orEventSynchronize((orEvent_t)event));
  return NULL;
}

static void many_threads_wait_for_one_record(void) {
  orStream_t stream = new_stream(0);
  orEvent_t event = new_event(0, orEventDisableTiming);
  for (int round = 0; round < 200; round++) {
    sem_t gate;
    hold(stream, &gate);
    OK(orEventRecord(event, stream));
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) {
      CHECK(pthread_create(&threads[i], NULL, synchronize, event) == 0);
    }
    sem_post(&gate);
    for (int i = 0; i < 8; i++) {
      CHECK(pthread_join(threads[i], NULL) == 0);
    }
  }
}

MAIN(
    CASE(ping_pong_on_one_event),
    CASE(a_wait_keeps_to_the_record_of_its_call),
    CASE(a_record_again_is_pending_until_the_last_is_reached),
    CASE(a_wait_outlives_the_event),
    CASE(never_recorded_is_complete),
    CASE(elapsed_time_only_where_there_is_one),
    CASE(a_record_on_another_device_has_no_elapsed_time),
    CASE(no_handle_is_used_after_its_end),
    CASE(null_is_no_event_where_there_is_none),
    CASE(no_unknown_flags),
    CASE(many_threads_wait_for_one_record)
)
