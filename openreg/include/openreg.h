/* The OpenReg C ABI, as libopenreg.so of tilesync-openreg has it.
 *
 * Every function answers orSuccess, orErrorUnknown (refused, or failed) or orErrorNotReady. Handles
 * and pointers are checked: what is null, was destroyed or was never handed out is refused. All
 * functions may be called from any thread.
 *
 * A kernel may not wait for a stream, an event or a device; that is refused too.
 *
 * The child of a fork has no threads that could run streams. Once the parent has used a stream, what
 * needs them is refused: launches, asynchronous copies, records, waits of streams, synchronizing streams
 * and devices, elapsed times, and asking or waiting for what was pending. All else works: devices,
 * memory, copies, making and destroying streams and events, and asking for what was done. Destroying a
 * stream does not wait there: its work will never be done.
 */
#ifndef OPENREG_H
#define OPENREG_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum orError_t {
  orSuccess = 0,
  orErrorUnknown = 1,
  orErrorNotReady = 2
} orError_t;

typedef enum orMemcpyKind {
  orMemcpyHostToHost = 0,
  orMemcpyHostToDevice = 1,
  orMemcpyDeviceToHost = 2,
  orMemcpyDeviceToDevice = 3
} orMemcpyKind;

typedef enum orMemoryType {
  orMemoryTypeUnmanaged = 0,
  orMemoryTypeHost = 1,
  orMemoryTypeDevice = 2
} orMemoryType;

typedef enum orEventFlags {
  orEventDisableTiming = 0,
  orEventEnableTiming = 1
} orEventFlags;

typedef struct orPointerAttributes {
  orMemoryType type;
  int device; /* -1 for host memory */
  void *pointer; /* where the block begins */
} orPointerAttributes;

typedef struct orStream *orStream_t;
typedef struct orEvent *orEvent_t;

/* Devices. The current device belongs to the thread; in a kernel it is the stream's. */
orError_t orGetDeviceCount(int *count);
orError_t orSetDevice(int device);
orError_t orGetDevice(int *device);
orError_t orDeviceGetStreamPriorityRange(int *least, int *greatest);
orError_t orDeviceSynchronize(void);

/* Memory. That of a device is inaccessible to the host between orMemoryProtect and
 * orMemoryUnprotect, which are counted. Freed memory lives until the copies that use it are done. */
orError_t orMalloc(void **pointer, size_t size);
orError_t orFree(void *pointer);
orError_t orMallocHost(void **pointer, size_t size);
orError_t orFreeHost(void *pointer);
orError_t orMemcpy(void *target, const void *source, size_t count, orMemcpyKind kind);
orError_t orMemcpyAsync(void *target, const void *source, size_t count, orMemcpyKind kind,
                        orStream_t stream);
orError_t orPointerGetAttributes(orPointerAttributes *attributes, const void *pointer);
orError_t orMemoryUnprotect(void *pointer);
orError_t orMemoryProtect(void *pointer);

/* Streams, of the device that is current when they are made. Destroying one waits for its work. */
orError_t orStreamCreate(orStream_t *stream);
orError_t orStreamCreateWithPriority(orStream_t *stream, unsigned int flags, int priority);
orError_t orStreamGetPriority(orStream_t stream, int *priority);
orError_t orStreamDestroy(orStream_t stream);
orError_t orStreamQuery(orStream_t stream);
orError_t orStreamSynchronize(orStream_t stream);
orError_t orStreamWaitEvent(orStream_t stream, orEvent_t event, unsigned int flags);

/* Queues a call of `function` with `argument` on a stream: a kernel that needs no C++. It must return:
 * one that throws ends the process. */
typedef void (*orHostFunction)(void *argument);
orError_t orLaunchHostFunc(orStream_t stream, orHostFunction function, void *argument);

/* Events, of the device that is current when they are made. An event stands for its latest record, on
 * a stream of any device; a wait keeps to the record that is the latest when it is called. There is
 * no elapsed time between events of two devices. */
orError_t orEventCreate(orEvent_t *event);
orError_t orEventCreateWithFlags(orEvent_t *event, unsigned int flags);
orError_t orEventDestroy(orEvent_t event);
orError_t orEventRecord(orEvent_t event, orStream_t stream);
orError_t orEventSynchronize(orEvent_t event);
orError_t orEventQuery(orEvent_t event);
orError_t orEventElapsedTime(float *ms, orEvent_t start, orEvent_t end);

#ifdef __cplusplus
} /* extern "C" */

#include <functional>
#include <utility>

namespace openreg {
/* Queues a kernel, moving it out of `task`. It must not throw: that ends the process. */
orError_t addTaskToStream(orStream *stream, std::function<void()> task);
} // namespace openreg

/* Queues a call of `kernel` with copies of `args`. */
template <typename Kernel, typename... Args>
inline orError_t orLaunchKernel(orStream *stream, Kernel &&kernel, Args &&...args) {
  return openreg::addTaskToStream(
      stream, std::bind(std::forward<Kernel>(kernel), std::forward<Args>(args)...));
}
#endif /* __cplusplus */

#endif /* OPENREG_H */
