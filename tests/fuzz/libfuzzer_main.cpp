// One program per target; OMEGATE_FUZZ_FUNCTION names it.
#include "tests/fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  omegate::fuzz::OMEGATE_FUZZ_FUNCTION({data, size});
  return 0;
}
