/* Memory and copies. */
#include "kernel.h"

#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

static void *device_memory(size_t size) {
  void *memory = NULL;
  OK(orMalloc(&memory, size));
  CHECK(memory != NULL);
  return memory;
}

static void allocation_refuses_what_cannot_be(void) {
  void *memory;
  REFUSED(orMalloc(NULL, 16));
  REFUSED(orMalloc(&memory, 0));
  REFUSED(orMalloc(&memory, SIZE_MAX));
  REFUSED(orMalloc(&memory, (size_t)1 << 60));
  REFUSED(orMallocHost(NULL, 16));
  REFUSED(orMallocHost(&memory, 0));
  REFUSED(orMallocHost(&memory, SIZE_MAX));
}

static void freeing_refuses_what_was_not_allocated(void) {
  char *device = device_memory(10000);
  void *host;
  int local;
  OK(orMallocHost(&host, 100));
  OK(orFree(NULL));
  OK(orFreeHost(NULL));
  REFUSED(orFree(host));
  REFUSED(orFreeHost(device));
  REFUSED(orFree(device + 1));
  REFUSED(orFree(device + 4096));
  REFUSED(orFree(&local));
  OK(orFree(device));
  REFUSED(orFree(device));
  OK(orFreeHost(host));
  REFUSED(orFreeHost(host));
}

static int faults(volatile char *memory) {
  pid_t child = fork();
  if (child == 0) {
    *memory = 1;
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void device_memory_is_closed_to_the_host_but_for_a_while(void) {
  char *memory = device_memory(5000);
  CHECK(faults(memory));
  REFUSED(orMemoryProtect(memory)); /* it is protected */
  OK(orMemoryUnprotect(memory));
  OK(orMemoryUnprotect(memory + 4999)); /* counted, by block */
  memory[0] = memory[4999] = 42;
  OK(orMemoryProtect(memory));
  CHECK(!faults(memory));
  OK(orMemoryProtect(memory));
  CHECK(faults(memory));
  REFUSED(orMemoryProtect(memory));
  int local;
  void *host;
  OK(orMallocHost(&host, 8));
  REFUSED(orMemoryUnprotect(&local));
  REFUSED(orMemoryUnprotect(host));
  REFUSED(orMemoryUnprotect(NULL));
  REFUSED(orMemoryProtect(NULL));
  char back = 0;
  OK(orMemcpy(&back, memory + 4999, 1, orMemcpyDeviceToHost));
  CHECK(back == 42);
  OK(orFree(memory));
}

static void copies_go_where_their_kind_says(void) {
  char *device = device_memory(8), *other = device_memory(8), local[8] = "tilesyn", back[8] = "";
  OK(orMemcpy(device, local, 8, orMemcpyHostToDevice));
  OK(orMemcpy(other, device, 8, orMemcpyDeviceToDevice));
  OK(orMemcpy(back, other, 8, orMemcpyDeviceToHost));
  CHECK(memcmp(local, back, 8) == 0);
  OK(orMemcpy(back + 1, back, 7, orMemcpyHostToHost)); /* the two may overlap */
  CHECK(memcmp(back, "ttilesy", 7) == 0);
  for (int kind = -1; kind < 10; kind++) {
    orStream_t stream = new_stream(0);
    if (kind != orMemcpyHostToDevice) {
      REFUSED(orMemcpy(device, local, 8, (orMemcpyKind)kind));
      REFUSED(orMemcpyAsync(device, local, 8, (orMemcpyKind)kind, stream));
    }
  }
  REFUSED(orMemcpy(NULL, local, 1, orMemcpyHostToDevice));
  REFUSED(orMemcpy(device, NULL, 1, orMemcpyHostToDevice));
  REFUSED(orMemcpy(device, local, 0, orMemcpyHostToDevice));
}

static void a_copy_past_the_end_copies_nothing(void) {
  char *device = device_memory(100), local[200], back[100];
  void *host;
  memset(local, 7, sizeof local);
  OK(orMallocHost(&host, 100));
  OK(orMemcpy(device, local, 100, orMemcpyHostToDevice));
  memset(local, 9, sizeof local);
  REFUSED(orMemcpy(device, local, 101, orMemcpyHostToDevice));
  REFUSED(orMemcpy(device + 50, local, 51, orMemcpyHostToDevice));
  REFUSED(orMemcpy(local, device + 50, 51, orMemcpyDeviceToHost));
  REFUSED(orMemcpy(host, local, 101, orMemcpyHostToHost));
  REFUSED(orMemcpy(device, local, SIZE_MAX, orMemcpyHostToDevice));
  orStream_t stream = new_stream(0);
  REFUSED(orMemcpyAsync(device, local, 101, orMemcpyHostToDevice, stream));
  OK(orMemcpy(back, device, 100, orMemcpyDeviceToHost));
  for (int i = 0; i < 100; i++) {
    CHECK(back[i] == 7);
  }
  OK(orMemcpy(back, device + 50, 50, orMemcpyDeviceToHost)); /* the middle is valid */
}

static void an_async_copy_waits_for_its_turn(void) {
  char *device = device_memory(4), local[4] = "abc", back[4] = "";
  orStream_t stream = new_stream(0);
  sem_t gate;
  hold(stream, &gate);
  OK(orMemcpyAsync(device, local, 4, orMemcpyHostToDevice, stream));
  OK(orMemcpyAsync(back, device, 4, orMemcpyDeviceToHost, stream));
  CHECK(back[0] == 0);
  memcpy(local, "xyz", 4);
  sem_post(&gate);
  OK(orStreamSynchronize(stream));
  CHECK(memcmp(back, "xyz", 4) == 0);
}

static void what_is_freed_lives_until_its_copies_are_done(void) {
  char *device = device_memory(4), back[4] = "";
  OK(orMemcpy(device, "abc", 4, orMemcpyHostToDevice));
  orStream_t stream = new_stream(0);
  sem_t gate;
  hold(stream, &gate);
  OK(orMemcpyAsync(back, device, 4, orMemcpyDeviceToHost, stream));
  OK(orFree(device));
  REFUSED(orFree(device));
  REFUSED(orMemcpyAsync(back, device, 4, orMemcpyDeviceToHost, stream));
  sem_post(&gate);
  OK(orStreamSynchronize(stream));
  CHECK(memcmp(back, "abc", 4) == 0);
}

static void attributes_tell_whose_memory_it_is(void) {
  orPointerAttributes found;
  int local;
  void *host;
  OK(orSetDevice(1));
  char *device = device_memory(100);
  OK(orSetDevice(0));
  OK(orMallocHost(&host, 100));
  OK(orPointerGetAttributes(&found, device + 99));
  CHECK(found.type == orMemoryTypeDevice && found.device == 1 && found.pointer == device);
  OK(orPointerGetAttributes(&found, host));
  CHECK(found.type == orMemoryTypeHost && found.pointer == host);
  OK(orPointerGetAttributes(&found, &local));
  CHECK(found.type == orMemoryTypeUnmanaged && found.pointer == &local && found.device == -1);
  REFUSED(orPointerGetAttributes(NULL, device));
  REFUSED(orPointerGetAttributes(&found, NULL));
}

static void memory_runs_out_with_an_error(void) {
  static void *blocks[200000];
  size_t count = 0;
  while (count < 200000 && orMalloc(&blocks[count], (size_t)1 << 40) == orSuccess) {
    count++;
  }
  CHECK(count < 200000);
  while (count > 0) {
    OK(orFree(blocks[--count]));
  }
  OK(orFree(device_memory(1)));
}

MAIN(
    CASE(allocation_refuses_what_cannot_be),
    CASE(freeing_refuses_what_was_not_allocated),
    CASE(device_memory_is_closed_to_the_host_but_for_a_while),
    CASE(copies_go_where_their_kind_says),
    CASE(a_copy_past_the_end_copies_nothing),
    CASE(an_async_copy_waits_for_its_turn),
    CASE(what_is_freed_lives_until_its_copies_are_done),
    CASE(attributes_tell_whose_memory_it_is),
    CASE(memory_runs_out_with_an_error)
)
