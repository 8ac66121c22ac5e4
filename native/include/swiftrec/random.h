// Random generators with seeds and state.
#pragma once
#include "tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SRGenerator SRGenerator;

int32_t sr_generator_make(SRDevice device, uint64_t seed, SRGenerator **out);
/// A second handle on the device's default generator.
int32_t sr_generator_default(SRDevice device, SRGenerator **out);
void sr_generator_free(SRGenerator *generator);
int32_t sr_generator_seed(SRGenerator *generator, uint64_t seed);
int32_t sr_generator_get_state(const SRGenerator *generator, SRTensor **out);
int32_t sr_generator_set_state(SRGenerator *generator, const SRTensor *state);
/// Seeds the default generators of every device.
int32_t sr_manual_seed(uint64_t seed);

#ifdef __cplusplus
}
#endif
