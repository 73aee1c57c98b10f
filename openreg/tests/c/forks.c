/* The child of a fork. It has no threads but one; what needs none of the others works. */
#include "kernel.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `child` in a child of a fork, which must end by itself. */
static void in_child(void (*child)(void)) {
  pid_t id = fork();
  CHECK(id >= 0);
  if (id == 0) {
    alarm(20);
    child();
    exit(0);
  }
  int status = 0;
  CHECK(waitpid(id, &status, 0) == id);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void count_up(void *counter) {
  __atomic_fetch_add((int *)counter, 1, __ATOMIC_SEQ_CST);
}

/* What the parent has. The gate is closed while `busy` is held up. */
static orStream_t busy, idle;
static orEvent_t pending, reached, unused;
static int counter;
static char *device, *other, *freed;
static void *host;
static sem_t gate;

static void use_everything(void) {
  busy = new_stream(0);
  idle = new_stream(1);
  pending = new_event(0, orEventEnableTiming);
  reached = new_event(1, orEventEnableTiming);
  unused = new_event(0, orEventDisableTiming);
  OK(orMalloc((void **)&device, 5000));
  OK(orMalloc((void **)&other, 100));
  OK(orMalloc((void **)&freed, 100));
  OK(orMallocHost(&host, 100));
  OK(orMemcpy(device, "parent", 7, orMemcpyHostToDevice));
  OK(launch(idle, count_up, &counter));
  OK(orEventRecord(reached, idle));
  OK(orEventSynchronize(reached));
  OK(orEventQuery(reached));
  OK(orStreamSynchronize(idle));
  hold(busy, &gate);
  OK(orMemcpyAsync(other, freed, 100, orMemcpyDeviceToDevice, busy));
  OK(orEventRecord(pending, busy));
}

static void go_on(void) {
  sem_post(&gate);
  OK(orStreamSynchronize(busy));
  OK(orEventQuery(pending));
  CHECK(counter == 1);
  char back[7];
  OK(orMemcpy(back, device, 7, orMemcpyDeviceToHost));
  CHECK(memcmp(back, "parent", 7) == 0);
}

static void use_memory(void) {
  orPointerAttributes found;
  char back[7] = "";
  OK(orMemoryUnprotect(device));
  memcpy(device + 4990, "child", 6);
  OK(orMemoryProtect(device));
  OK(orMemcpy(back, device, 7, orMemcpyDeviceToHost));
  CHECK(memcmp(back, "parent", 7) == 0);
  OK(orMemcpy(other, device + 4990, 6, orMemcpyDeviceToDevice));
  OK(orMemcpy(host, other, 6, orMemcpyDeviceToHost));
  OK(orMemcpy(back, host, 6, orMemcpyHostToHost));
  CHECK(memcmp(back, "child", 6) == 0);
  OK(orMemcpy(device, "mine", 5, orMemcpyHostToDevice));
  OK(orPointerGetAttributes(&found, device + 10));
  CHECK(found.type == orMemoryTypeDevice && found.pointer == device);
  void *new_device, *new_host;
  OK(orSetDevice(1));
  OK(orMalloc(&new_device, 10));
  OK(orMallocHost(&new_host, 10));
  OK(orMemcpy(new_device, "new", 4, orMemcpyHostToDevice));
  OK(orMemcpy(new_host, new_device, 4, orMemcpyDeviceToHost));
  CHECK(strcmp(new_host, "new") == 0);
  OK(orFree(new_device));
  OK(orFreeHost(new_host));
  OK(orFree(device));
  REFUSED(orFree(device));
  OK(orFree(freed)); /* which a copy in the parent still uses */
  OK(orFreeHost(host));
}

static void memory_works_in_the_child(void) {
  use_everything();
  in_child(use_memory);
  go_on();
}

static void destroy_everything(void) {
  OK(orEventDestroy(pending));
  OK(orEventDestroy(reached));
  OK(orEventDestroy(unused));
  OK(orStreamDestroy(busy));
  OK(orStreamDestroy(idle));
  REFUSED(orEventDestroy(pending));
  REFUSED(orEventDestroy(reached));
  REFUSED(orStreamDestroy(busy));
  REFUSED(orStreamDestroy(idle));
  OK(orFree(device));
  OK(orFree(other));
  OK(orFreeHost(host));
}

static void everything_can_be_destroyed_in_the_child(void) {
  use_everything();
  in_child(destroy_everything);
  go_on();
}

static void make_and_destroy(void) {
  OK(orEventDestroy(pending)); /* nothing of what was pending comes back */
  OK(orStreamDestroy(busy));
  for (int i = 0; i < 100; i++) {
    int priority = -1;
    orStream_t stream;
    orEvent_t event = new_event(0, orEventEnableTiming);
    OK(orStreamCreateWithPriority(&stream, 0, 0));
    OK(orStreamGetPriority(stream, &priority));
    CHECK(priority == 0);
    OK(orStreamQuery(stream));
    OK(orEventQuery(event));
    OK(orStreamDestroy(stream));
    OK(orEventDestroy(event));
  }
}

static void streams_and_events_are_made_in_the_child(void) {
  use_everything();
  in_child(make_and_destroy);
  go_on();
}

static void need_threads(void) {
  float ms;
  struct function task = {{count_up, &counter}, manage, invoke};
  orStream_t made = new_stream(0), streams[] = {busy, idle, made};
  for (int i = 0; i < 3; i++) {
    REFUSED(launch(streams[i], count_up, &counter));
    REFUSED(add_task(streams[i], &task));
    CHECK(task.manager && task.invoker); /* it stays with the caller */
    REFUSED(orLaunchHostFunc(streams[i], count_up, &counter));
    REFUSED(orStreamSynchronize(streams[i]));
    REFUSED(orEventRecord(unused, streams[i]));
    REFUSED(orStreamWaitEvent(streams[i], pending, 0));
    REFUSED(orMemcpyAsync(device, "child", 6, orMemcpyHostToDevice, streams[i]));
  }
  REFUSED(orStreamQuery(busy));
  REFUSED(orEventQuery(pending));
  REFUSED(orEventSynchronize(pending));
  REFUSED(orDeviceSynchronize());
  REFUSED(orEventElapsedTime(&ms, reached, pending));
  OK(orStreamQuery(idle)); /* what was done is done */
  OK(orEventQuery(reached));
  OK(orEventSynchronize(reached));
  OK(orEventQuery(unused));
  OK(orEventSynchronize(unused));
  CHECK(counter == 1);
}

static void only_what_needs_threads_is_refused(void) {
  use_everything();
  in_child(need_threads);
  go_on();
}

static void *use_everything_again_and_again(void *stop) {
  while (!__atomic_load_n((int *)stop, __ATOMIC_SEQ_CST)) {
    char *memory;
    orEvent_t event;
    orStream_t stream;
    OK(orMalloc((void **)&memory, 10));
    OK(orMemcpy(memory, "threads", 8, orMemcpyHostToDevice));
    OK(orMemcpy(device + 100, memory, 8, orMemcpyDeviceToDevice));
    OK(orFree(memory));
    OK(orEventCreate(&event));
    OK(orStreamCreate(&stream));
    OK(orEventRecord(event, stream));
    OK(orEventDestroy(event));
    OK(orStreamDestroy(stream));
  }
  return NULL;
}

static void use_and_destroy(void) {
  use_memory();
  make_and_destroy();
}

static void no_lock_is_left_closed_in_the_child(void) {
  static int stop;
  pthread_t threads[3];
  use_everything();
  for (int i = 0; i < 3; i++) {
    CHECK(pthread_create(&threads[i], NULL, use_everything_again_and_again, &stop) == 0);
  }
  for (int i = 0; i < 200; i++) {
    in_child(use_and_destroy);
  }
  __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
  for (int i = 0; i < 3; i++) {
    CHECK(pthread_join(threads[i], NULL) == 0);
  }
  go_on();
}

static void start_anew(void) {
  OK(launch(idle, count_up, &counter));
  OK(orStreamSynchronize(idle));
  CHECK(counter == 1);
}

static void before_its_first_use_a_stream_survives_a_fork(void) {
  idle = new_stream(1);
  in_child(start_anew);
  CHECK(counter == 0);
  start_anew();
}

MAIN(
    CASE(memory_works_in_the_child),
    CASE(everything_can_be_destroyed_in_the_child),
    CASE(streams_and_events_are_made_in_the_child),
    CASE(only_what_needs_threads_is_refused),
    CASE(no_lock_is_left_closed_in_the_child),
    CASE(before_its_first_use_a_stream_survives_a_fork)
)
