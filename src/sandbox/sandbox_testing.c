#include "sandbox_testing.h"

unsigned sandbox_testing_without;
