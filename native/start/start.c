// Bounds how long idle OpenMP threads spin.
//
// GNU OpenMP's threads spin for some ten milliseconds after each parallel loop. On a machine that is shared with anybody
// else the spinning takes the core from the very thread it waits for, and training slows ten times and more. A short spin
// still bridges the gaps between the loops of one step. libgomp reads the setting from the environment when it is loaded,
// which is before main: so the program starts itself again with the setting in place. The pre-initialisation array runs
// before any shared library's constructors, when nothing but the mapping of the libraries has been paid for.
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "start.h"

enum { MAXIMUM = 4096 }; // environment entries, and bytes of a path

static int names(const char *entry, const char *name) {
  const size_t length = strlen(name);
  return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static void bound_spinning(int argc, char **argv, char **environment) {
  static char setting[] = "GOMP_SPINCOUNT=10000"; // about half a millisecond
  static char *extended[MAXIMUM + 2];
  size_t count = 0;
  (void)argc;
  for (; environment[count] != NULL; ++count) {
    if (count >= MAXIMUM || names(environment[count], "GOMP_SPINCOUNT") || names(environment[count], "OMP_WAIT_POLICY"))
      return; // the user's own value wins
    extended[count] = environment[count];
  }
  extended[count] = setting;
  // The real path, so that the process keeps its name in top and ps.
  static char program[MAXIMUM];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length > 0)
    execve(program, argv, extended); // where it fails, the program goes on as it is
}

__attribute__((section(".preinit_array"), used)) static void (*const at_start)(int, char **, char **) = bound_spinning;
