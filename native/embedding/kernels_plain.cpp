#define SR_LANES 4
#define SR_KERNELS kernels_plain
#define SR_NAME "plain"
#include "kernels_body.h"
