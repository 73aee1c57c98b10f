/* Kernels from C: the 32 bytes of a libstdc++ std::function, filled by hand. */
#ifndef KERNEL_H
#define KERNEL_H

#include <semaphore.h>

#include "cases.h"

struct functor {
  void (*run)(void *);
  void *argument;
};

struct function {
  struct functor functor;
  int (*manager)(struct functor *, const struct functor *, int);
  void (*invoker)(const struct functor *);
};

orError_t add_task(orStream_t stream, struct function *task) __asm__(
    "_ZN7openreg15addTaskToStreamEP8orStreamSt8functionIFvvEE");

static void invoke(const struct functor *functor) {
  functor->run(functor->argument);
}

static int manage(struct functor *target, const struct functor *source, int operation) {
  (void)target;
  (void)source;
  (void)operation;
  return 0;
}

static inline orError_t launch(orStream_t stream, void (*run)(void *), void *argument) {
  struct function task = {{run, argument}, manage, invoke};
  orError_t status = add_task(stream, &task);
  /* Taken over: what is left must be empty. */
  CHECK(status != orSuccess || (!task.manager && !task.invoker));
  return status;
}

static void wait_at_gate(void *gate) {
  while (sem_wait((sem_t *)gate) != 0) {
  }
}

/* Holds a stream up until sem_post(gate). */
static inline void hold(orStream_t stream, sem_t *gate) {
  CHECK(sem_init(gate, 0, 0) == 0);
  OK(launch(stream, wait_at_gate, gate));
}

static inline orStream_t new_stream(int device) {
  orStream_t stream;
  OK(orSetDevice(device));
  OK(orStreamCreate(&stream));
  OK(orSetDevice(0));
  return stream;
}

static inline orEvent_t new_event(int device, unsigned int flags) {
  orEvent_t event;
  OK(orSetDevice(device));
  OK(orEventCreateWithFlags(&event, flags));
  OK(orSetDevice(0));
  return event;
}

#endif
