// A libnvidia-ml.so.1 for tests on machines without a GPU: two GPUs, the second of which does not tell its power.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID = 2, NOT_SUPPORTED = 3 };

typedef struct {
  unsigned long long total, free, used;
} Memory;
typedef struct {
  unsigned gpu, memory;
} Utilisation;

static const char handles[2];

static unsigned index_of(const void *device) { return (unsigned)((const char *)device - handles); }

int nvmlInit_v2(void) { return SUCCESS; }

int nvmlSystemGetDriverVersion(char *text, unsigned length) {
  snprintf(text, length, "570.00");
  return SUCCESS;
}

int nvmlDeviceGetCount_v2(unsigned *count) {
  const char *wanted = getenv("FAKE_NVML_GPUS");
  *count = wanted ? (unsigned)atoi(wanted) : 2;
  return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, const void **device) {
  if (index > 1)
    return INVALID;
  *device = handles + index;
  return SUCCESS;
}

int nvmlDeviceGetUUID(const void *device, char *text, unsigned length) {
  snprintf(text, length, "GPU-0000000%u", index_of(device));
  return SUCCESS;
}

int nvmlDeviceGetName(const void *device, char *text, unsigned length) {
  (void)device;
  snprintf(text, length, "Fake \"H100\"");
  return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(const void *device, Utilisation *use) {
  const char *wanted = getenv("FAKE_NVML_UTILISATION");
  use->gpu = wanted ? (unsigned)atoi(wanted) : 90 - 10 * index_of(device);
  use->memory = 40;
  return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(const void *device, Memory *memory) {
  (void)device;
  memory->total = 80ull << 30;
  memory->used = 20ull << 30;
  memory->free = memory->total - memory->used;
  return SUCCESS;
}

int nvmlDeviceGetTemperature(const void *device, unsigned sensor, unsigned *degrees) {
  if (sensor != 0)
    return INVALID;
  *degrees = 61 + index_of(device);
  return SUCCESS;
}

int nvmlDeviceGetPowerUsage(const void *device, unsigned *milliwatts) {
  if (index_of(device) == 1)
    return NOT_SUPPORTED;
  *milliwatts = 412500;
  return SUCCESS;
}

int nvmlDeviceGetClockInfo(const void *device, unsigned kind, unsigned *megahertz) {
  (void)device;
  if (kind != 1 && kind != 2)
    return INVALID;
  *megahertz = kind == 1 ? 1755 : 2619;
  return SUCCESS;
}
