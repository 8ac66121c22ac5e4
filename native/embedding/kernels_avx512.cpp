#define SR_LANES 16
#define SR_KERNELS kernels_avx512
#define SR_NAME "avx512"
#include "kernels_body.h"
