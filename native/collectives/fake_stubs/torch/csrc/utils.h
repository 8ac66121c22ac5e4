// c10d/FakeProcessGroup.hpp includes the header of this name for the check of split sizes alone, which c10d/Utils.hpp
// has too; PyTorch's own wants Python's headers. This folder is on the include path of fake.cpp only, before PyTorch's.
#pragma once
