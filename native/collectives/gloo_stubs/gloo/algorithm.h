// PyTorch's wheels carry c10d/ProcessGroupGloo.hpp but not the gloo headers it includes. The bridge only holds gloo
// objects behind shared pointers that libtorch_cpu makes, so declarations are enough. A build that has gloo's own
// headers uses those: this folder comes last on the include path. Never construct or derive from a type declared here.
#pragma once
