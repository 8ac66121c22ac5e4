// Nothing to call: linking this target is what it does. See start.c.
#pragma once
