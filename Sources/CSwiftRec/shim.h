// The C rooms of native/include/swiftrec, found through swiftrec-native.pc.
#include <swiftrec/swiftrec.h>
