// Settles three things that libraries read from the environment, before any of them is loaded far enough to read it, and ties
// a process to the one that started it.
//
// GNU OpenMP's threads spin for some ten milliseconds after each parallel loop. On a machine that is shared with
// anybody else the spinning takes the core from the very thread it waits for, and training slows ten times and more. A
// short spin still bridges the gaps between the loops of one step. libgomp reads the setting from the environment when
// it is loaded, which is before main: so the program starts itself again with the setting in place. The
// pre-initialisation array runs before any shared library's constructors, when nothing but the mapping of the libraries
// has been paid for.
//
// Where matrix tiles are hidden (native/system/amx.cpp) oneDNN's limit is put there too. The bridge would set it while
// it loads; but `setenv` moves the environment off the stack, and Swift's runtime, where it is linked statically, finds
// the program's arguments by the environment's place on the stack: every argument would be lost.
//
// Stores ask the name service for the name of every peer, on the thread that serves all of them. An answer that gets
// lost is asked for again after one second, not after five: a rank would miss its time-out meanwhile.
//
// A step of `swiftrec pipeline` carries SWIFTREC_ENDS_WITH, its parent's number: where the parent is killed, the step gets SIGTERM,
// so that no training goes on that nobody waits for and that a resumed pipeline would meet.
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "start.h"

enum { MAXIMUM = 4096 }; // environment entries, and bytes of a path

static int names(const char *entry, const char *name) {
  const size_t length = strlen(name);
  return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

// As amx.cpp finds it: the tiles' bit is set, the leaf that counts them is empty.
static int tiles_are_hidden(void) {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d >> 24 & 1))
    return 0;
  return !__get_cpuid_count(0x1D, 1, &a, &b, &c, &d) || b >> 16 == 0;
#else
  return 0;
#endif
}

static void end_with(const char *text) {
  const pid_t parent = (pid_t)strtol(text, NULL, 10);
  // Linux keeps the wish over execve. A process that a step starts has another parent, and is its affair.
  if (getppid() == parent)
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
  // The parent may have gone before the wish was made.
  if (getppid() != parent && kill(parent, 0) != 0)
    _exit(128 + SIGTERM);
}

static void settle(int argc, char **argv, char **environment) {
  static char spinning[] = "GOMP_SPINCOUNT=10000"; // about half a millisecond
  static char tiles[] = "ONEDNN_MAX_CPU_ISA=AVX512_CORE_FP16";
  static char names_again[] = "RES_OPTIONS=timeout:1 attempts:5";
  static char *extended[MAXIMUM + 4];
  size_t count = 0;
  int bounds_spinning = 1;
  int limits_tiles = tiles_are_hidden();
  int limits_waits = 1;
  (void)argc;
  for (; environment[count] != NULL; ++count) {
    if (count >= MAXIMUM)
      return;
    if (names(environment[count], "SWIFTREC_ENDS_WITH"))
      end_with(environment[count] + sizeof "SWIFTREC_ENDS_WITH");
    // The user's own value wins.
    if (names(environment[count], "GOMP_SPINCOUNT") || names(environment[count], "OMP_WAIT_POLICY"))
      bounds_spinning = 0;
    if (names(environment[count], "ONEDNN_MAX_CPU_ISA") || names(environment[count], "DNNL_MAX_CPU_ISA"))
      limits_tiles = 0;
    if (names(environment[count], "RES_OPTIONS"))
      limits_waits = 0;
    extended[count] = environment[count];
  }
  if (!bounds_spinning && !limits_tiles && !limits_waits)
    return;
  if (bounds_spinning)
    extended[count++] = spinning;
  if (limits_tiles)
    extended[count++] = tiles;
  if (limits_waits)
    extended[count++] = names_again;
  // The real path, so that the process keeps its name in top and ps.
  static char program[MAXIMUM];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length > 0)
    execve(program, argv, extended); // where it fails, the program goes on as it is
}

__attribute__((section(".preinit_array"), used)) static void (*const at_start)(int, char **, char **) = settle;
