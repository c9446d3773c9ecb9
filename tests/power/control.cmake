# The control of the power cord: its test against a store whose commits do not wait for the disk. The fault is
# compiled into the one source file that has it; what users run has no switch for it.
add_executable(power_unsynced $<TARGET_OBJECTS:power> ${CMAKE_SOURCE_DIR}/bridge/edge/store/connection.cpp)
target_link_libraries(power_unsynced PRIVATE omegate_gateway test_support GTest::gmock GTest::gtest_main)
target_compile_definitions(power_unsynced PRIVATE OMEGATE_SABOTAGE_SYNC_NORMAL)
