# The worker and its sandbox without sanitizers, whatever the preset: seccomp kills the calls that their runtime needs, so
# only these programs show that it holds.
file(GLOB plain_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bridge/worker/*.cpp
  ${CMAKE_SOURCE_DIR}/bridge/worker/api/*.cpp ${CMAKE_SOURCE_DIR}/bridge/core/plugin/*.cpp)
foreach(name IN ITEMS encoding error plain_hash)
  list(APPEND plain_sources ${CMAKE_SOURCE_DIR}/bridge/core/crypto/${name}.cpp)
endforeach()

function(omegate_plain name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -O1 -Wall -Wextra -Werror)
  target_link_libraries(${name} PRIVATE Boost::headers PkgConfig::lua PkgConfig::seccomp PkgConfig::re2 PkgConfig::sodium)
  add_dependencies(unit_plugins ${name})
endfunction()

omegate_plain(plain_plugin_worker ${plain_sources})
omegate_plain(sandbox_probe probes/sandbox_probe.cpp ${CMAKE_SOURCE_DIR}/bridge/worker/sandbox.cpp
  ${CMAKE_SOURCE_DIR}/bridge/worker/confinement.cpp)
omegate_plain(sandbox_probe_files probes/sandbox_probe.cpp ${CMAKE_SOURCE_DIR}/bridge/worker/sandbox.cpp
  ${CMAKE_SOURCE_DIR}/bridge/worker/confinement.cpp)
target_compile_definitions(sandbox_probe_files PRIVATE OMEGATE_SANITIZED)
add_dependencies(unit_plugins omegate-plugin-worker)
