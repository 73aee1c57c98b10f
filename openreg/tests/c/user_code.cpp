// Where the library runs its user's code, and what that may do there: each place with each deed, on a
// worker's thread and on the host's.
#include "cases.h"

#include <csignal>
#include <functional>
#include <memory>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

orStream_t stream;
sem_t gate;
int done, launched;

void count_up(void *counter) { __atomic_fetch_add(static_cast<int *>(counter), 1, __ATOMIC_SEQ_CST); }

void returns() {}

void throws() { throw std::string("on purpose"); }

void blocks() {
  while (sem_wait(&gate) != 0) {
  }
}

void uses_the_library() {
  orEvent_t event;
  void *memory;
  char back = 0;
  OK(orEventCreate(&event));
  OK(orEventRecord(event, stream));
  OK(orLaunchHostFunc(stream, count_up, &launched));
  PENDING(orEventQuery(event));
  PENDING(orStreamQuery(stream));
  REFUSED(orStreamSynchronize(stream));
  REFUSED(orEventSynchronize(event));
  REFUSED(orDeviceSynchronize());
  REFUSED(orStreamDestroy(stream));
  OK(orEventDestroy(event));
  OK(orMalloc(&memory, 10));
  OK(orMemcpy(memory, "x", 1, orMemcpyHostToDevice));
  OK(orMemcpy(&back, memory, 1, orMemcpyDeviceToHost));
  CHECK(back == 'x');
  OK(orFree(memory));
}

void forks() {
  pid_t child = fork();
  if (child == 0) {
    void *memory;
    alarm(20);
    OK(orMalloc(&memory, 10));
    OK(orMemcpy(memory, "x", 1, orMemcpyHostToDevice));
    OK(orFree(memory));
    REFUSED(orLaunchHostFunc(stream, count_up, &launched));
    OK(orStreamDestroy(stream));
    _exit(7);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

void ends_its_thread() { pthread_exit(nullptr); }

void ends_the_process() { _exit(3); }

using Code = void (*)();

struct Deed {
  const char *name;
  Code run;
  int exit_code; // of the process that it is done in
  int signal;    // that ends it, or 0
} const deeds[] = {
    {"returns", returns, 0, 0},
    {"throws", throws, 0, SIGABRT},
    {"blocks", blocks, 0, 0},
    {"uses_the_library", uses_the_library, 0, 0},
    {"forks", forks, 0, 0},
    {"ends_its_thread", ends_its_thread, 0, SIGABRT},
    {"ends_the_process", ends_the_process, 3, 0},
};

void run(void *code) {
  reinterpret_cast<Code>(code)();
  count_up(&done);
}

struct Place {
  const char *name;
  orError_t (*launch)(Code);
} const places[] = {
    {"a_std_function",
     [](Code code) {
       return openreg::addTaskToStream(stream, [code] { run(reinterpret_cast<void *>(code)); });
     }},
    {"the_end_of_what_it_captured",
     [](Code code) {
       auto at_the_end = [](Code *code) {
         run(reinterpret_cast<void *>(*code));
         delete code;
       };
       std::shared_ptr<Code> captured(new Code(code), at_the_end);
       return openreg::addTaskToStream(stream, [captured = std::move(captured)] { (void)captured; });
     }},
    {"a_host_function",
     [](Code code) { return orLaunchHostFunc(stream, run, reinterpret_cast<void *>(code)); }},
};

struct Wait {
  const char *name;
  void (*until_done)();
} const waits[] = {
    {"on_a_worker",
     [] {
       while (orStreamQuery(stream) == orErrorNotReady) {
         usleep(100);
       }
     }},
    {"on_the_host", [] { OK(orStreamSynchronize(stream)); }},
};

// Whatever the code does, other streams go on meanwhile.
void others_go_on() {
  int counter = 0;
  orStream_t other;
  OK(orStreamCreate(&other));
  usleep(10000);
  OK(orLaunchHostFunc(other, count_up, &counter));
  OK(orStreamDestroy(other));
  CHECK(counter == 1);
  sem_post(&gate);
}

void attempt(const Place &place, const Deed &deed, const Wait &wait) {
  alarm(20);
  CHECK(sem_init(&gate, 0, 0) == 0);
  OK(orStreamCreate(&stream));
  std::thread others(others_go_on);
  OK(place.launch(deed.run));
  wait.until_done();
  OK(orStreamSynchronize(stream));
  others.join();
  CHECK(done == 1);
  CHECK(launched == (deed.run == uses_the_library));
}

void try_in_child(const Place &place, const Deed &deed, const Wait &wait) {
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    attempt(place, deed, wait);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  fprintf(stderr, "exit code %d, signal %d\n", exit_code, signal);
  CHECK(signal == deed.signal && exit_code == deed.exit_code);
}

} // namespace

int main(int argc, char **argv) {
  for (const Place &place : places) {
    for (const Deed &deed : deeds) {
      for (const Wait &wait : waits) {
        std::string name = std::string(place.name) + " " + deed.name + " " + wait.name;
        if (argc < 2) {
          puts(name.c_str());
        } else if (name == argv[1]) {
          try_in_child(place, deed, wait);
          return 0;
        }
      }
    }
  }
  return argc < 2 ? 0 : 2;
}
