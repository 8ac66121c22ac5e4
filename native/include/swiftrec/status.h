// Status codes and the thread-local message of the last failing call.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  SR_OK = 0,
  SR_TORCH = 1,            // c10::Error
  SR_INDEX = 2,            // c10::IndexError
  SR_VALUE = 3,            // c10::ValueError
  SR_TYPE = 4,             // c10::TypeError
  SR_NOT_IMPLEMENTED = 5,  // c10::NotImplementedError
  SR_OUT_OF_MEMORY = 6,    // c10::OutOfMemoryError, std::bad_alloc
  SR_LINALG = 7,           // c10::LinAlgError
  SR_TIMEOUT = 8,          // a collective or a store ran out of time
  SR_INVALID_ARGUMENT = 9, // refused by the bridge itself
  SR_CALLBACK = 10,        // a Swift callback failed; Swift holds the error
  SR_STD = 11,             // any other std::exception
  SR_UNKNOWN = 12          // anything else
};

/// The message of the last call on this thread that did not return SR_OK; "" after a success.
const char *sr_last_error_message(void);

#ifdef __cplusplus
}
#endif
