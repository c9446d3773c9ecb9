# Without sanitizers, whatever the preset: valgrind and they do not go together. Optimised, as what users run: a compiler
# may make branches of what had none.
file(GLOB probe_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bridge/core/base/*.cpp
  ${CMAKE_SOURCE_DIR}/bridge/core/crypto/*.cpp ${CMAKE_SOURCE_DIR}/bridge/core/omemo/kdf.cpp
  ${CMAKE_SOURCE_DIR}/bridge/core/omemo/keys.cpp ${CMAKE_SOURCE_DIR}/bridge/core/omemo/error.cpp)
add_executable(constant_time_probe probes/constant_time_probe.cpp ${probe_sources})
target_include_directories(constant_time_probe PRIVATE ${CMAKE_SOURCE_DIR})
target_compile_options(constant_time_probe PRIVATE -O2 -g -Wall -Wextra -Werror)
target_link_libraries(constant_time_probe PRIVATE Boost::headers PkgConfig::sodium OpenSSL::Crypto)
add_dependencies(unit_omemo constant_time_probe)
