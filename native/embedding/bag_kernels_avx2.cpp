#define SR_LANES 8
#define SR_BAG_KERNELS bag_kernels_avx2
#include "bag_kernels_body.h"
