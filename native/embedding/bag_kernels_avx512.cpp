#define SR_LANES 16
#define SR_BAG_KERNELS bag_kernels_avx512
#include "bag_kernels_body.h"
