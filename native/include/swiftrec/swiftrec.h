// Everything that Swift sees of native/: one header a room, plain C.
#pragma once
#include "autograd.h"
#include "collectives.h"
#include "dense.h"
#include "embedding.h"
#include "embedding_bags.h"
#include "ops_generated.h"
#include "random.h"
#include "retrieval.h"
#include "script.h"
#include "status.h"
#include "system.h"
#include "tensor.h"
