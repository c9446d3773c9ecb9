# The programs that the crash tests run as children: the real one, and one for each fault they must notice.
# A fault is compiled into the one source file that has it (bridge/gateway/sabotage.hpp).
function(omegate_sabotage program fault source)
  add_executable(${program} ${CMAKE_SOURCE_DIR}/bridge/app/main.cpp ${CMAKE_SOURCE_DIR}/bridge/gateway/${source})
  target_link_libraries(${program} PRIVATE omegate_app)
  target_compile_definitions(${program} PRIVATE OMEGATE_SABOTAGE_${fault})
  # Beside the worker, which it looks for where it is itself.
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  add_dependencies(flow_crash ${program})
endfunction()

add_dependencies(flow omegate-plugin-worker)
add_dependencies(flow_crash omegate omegate-plugin-worker)
omegate_sabotage(omegate-acks-too-early ACK_BEFORE_COMMIT account/account_reading.cpp)
omegate_sabotage(omegate-sends-too-early SEND_BEFORE_COMMIT account/account_session.cpp)

# One whose memory can be taken away.
add_executable(omegate-runs-out-of-memory ${CMAKE_SOURCE_DIR}/bridge/app/main.cpp flow/memory/failing_new.cpp)
target_link_libraries(omegate-runs-out-of-memory PRIVATE omegate_app)
set_target_properties(omegate-runs-out-of-memory PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_dependencies(flow_crash omegate-runs-out-of-memory)
