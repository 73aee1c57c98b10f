/* A program of named cases: without an argument it lists them, with one it runs that case. */
#ifndef CASES_H
#define CASES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "openreg.h"

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);         \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

#define OK(call) CHECK((call) == orSuccess)
#define REFUSED(call) CHECK((call) == orErrorUnknown)
#define PENDING(call) CHECK((call) == orErrorNotReady)

struct named_case {
  const char *name;
  void (*run)(void);
};

#define CASE(name) {#name, name}

#define MAIN(...)                                                             \
  int main(int argc, char **argv) {                                           \
    static const struct named_case cases[] = {__VA_ARGS__};                   \
    return run_named(cases, sizeof cases / sizeof *cases, argc, argv);        \
  }

static inline int run_named(const struct named_case *cases, size_t count, int argc, char **argv) {
  for (size_t i = 0; i < count; i++) {
    if (argc < 2) {
      puts(cases[i].name);
    } else if (strcmp(argv[1], cases[i].name) == 0) {
      cases[i].run();
      return 0;
    }
  }
  return argc < 2 ? 0 : 2;
}

#endif
