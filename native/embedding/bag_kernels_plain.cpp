#define SR_LANES 4
#define SR_BAG_KERNELS bag_kernels_plain
#include "bag_kernels_body.h"
