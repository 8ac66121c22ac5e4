// See gloo/algorithm.h in this folder.
#pragma once

namespace gloo::transport {

class Device;
// Held by c10d's SendWork and RecvWork; the declared destructor lets their own (unused) inline destructors compile.
class UnboundBuffer {
public:
  virtual ~UnboundBuffer();
};

} // namespace gloo::transport
