# Warnings, hardening and sanitizers, carried by one interface target.
# Hardening after the OpenSSF compiler guide, less what GCC 12 does not know.
add_library(omegate_flags INTERFACE)
# A full build has to fit into two cores and an hour, so a target of a sanitized build may have the property OMEGATE_LIGHT:
#   quick  sanitizers, but neither optimised nor hardened: what waits for disk and network
#   plain  no sanitizers either: a test program's own objects, for what is tested are the libraries
# Not where the thread sanitizer has to see every lock, nor in fuzz targets.
if(NOT OMEGATE_SANITIZE OR OMEGATE_SANITIZE MATCHES "thread" OR OMEGATE_FUZZ)
  set(is_hardened "1")
  set(is_sanitized "1")
else()
  set(is_hardened "$<STREQUAL:$<TARGET_PROPERTY:OMEGATE_LIGHT>,>")
  set(is_sanitized "$<NOT:$<STREQUAL:$<TARGET_PROPERTY:OMEGATE_LIGHT>,plain>>")
endif()

target_compile_options(omegate_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wformat=2 -Wimplicit-fallthrough -Werror
  "$<IF:${is_hardened},-fstack-protector-strong;-fcf-protection=full,-O0>"
  -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing)
target_compile_definitions(omegate_flags INTERFACE $<$<BOOL:${OMEGATE_TESTS}>:OMEGATE_TEST> OMEGATE_VERSION="${PROJECT_VERSION}")
target_link_options(omegate_flags INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes the storage of an empty std::optional for read: -Wno-maybe-uninitialized.
  target_compile_options(omegate_flags INTERFACE -Wno-maybe-uninitialized -Wtrampolines -Wbidi-chars=any
    "$<${is_hardened}:-fstack-clash-protection;-ftrivial-auto-var-init=zero;-fzero-call-used-regs=used-gpr;-fharden-compares;-fharden-conditional-branches>")
  target_compile_options(omegate_flags INTERFACE -Wno-mismatched-new-delete)  # false alarms on inlined coroutine frames
endif()

if(OMEGATE_SANITIZE)
  target_compile_options(omegate_flags INTERFACE
    "$<${is_sanitized}:-fsanitize=${OMEGATE_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=all>")
  target_link_options(omegate_flags INTERFACE -fsanitize=${OMEGATE_SANITIZE})
  target_compile_definitions(omegate_flags INTERFACE OMEGATE_SANITIZED)
  if(OMEGATE_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(omegate_flags INTERFACE -Wno-tsan)  # Asio's fences
  endif()
else()
  target_compile_options(omegate_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  target_compile_definitions(omegate_flags INTERFACE _GLIBCXX_ASSERTIONS)
endif()

if(OMEGATE_FUZZ)
  target_compile_options(omegate_flags INTERFACE -fsanitize=fuzzer-no-link)  # libFuzzer sees which way the code goes
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")  # asserts stay on
else()
  set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
endif()
