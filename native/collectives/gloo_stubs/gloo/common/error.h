// See gloo/algorithm.h in this folder.
#pragma once
