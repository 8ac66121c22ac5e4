// The lookup and update kernels, compiled once per instruction set: the including file sets SR_LANES (floats in a
// register) and SR_BAG_KERNELS (the name of its table). Everything has internal linkage, so that no wide code leaks
// into a narrow caller.
#include "row_codecs_body.h"

#include "bag_lookup_body.h"
#include "row_update_body.h"

namespace sr::embedding {

extern const BagKernels SR_BAG_KERNELS = {
    {lookup<Codec::float32>, lookup<Codec::float16>, lookup<Codec::bfloat16>, lookup<Codec::int8>, lookup<Codec::int4>},
    update,
    weight_gradient,
    sum};

} // namespace sr::embedding
