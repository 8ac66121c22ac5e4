#define SR_LANES 8
#define SR_KERNELS kernels_avx2
#define SR_NAME "avx2"
#include "kernels_body.h"
