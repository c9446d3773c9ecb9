# The program, its worker, plugins and examples; and omegate::omemo as a CMake package of its own.
install(TARGETS omegate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS omegate-plugin-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/omegate COMPONENT program)
install(DIRECTORY plugins/ DESTINATION ${CMAKE_INSTALL_DATADIR}/omegate/plugins COMPONENT program)
install(DIRECTORY config/ docs/examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT program
  PATTERN "__pycache__" EXCLUDE)
install(PROGRAMS deploy/omegate-sendmail DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(FILES deploy/systemd/omegate.service deploy/systemd/omegate@.service DESTINATION lib/systemd/system COMPONENT program)
install(FILES deploy/systemd/mail.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/omegate/systemd COMPONENT program)
install(FILES deploy/systemd/omegate.sysusers DESTINATION lib/sysusers.d RENAME omegate.conf COMPONENT program)
install(FILES deploy/systemd/omegate.tmpfiles DESTINATION lib/tmpfiles.d RENAME omegate.conf COMPONENT program)

# Manual pages and completions come out of the program that was just built: scripts/make_manual.py.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(manual ${CMAKE_BINARY_DIR}/manual)
add_custom_command(OUTPUT ${manual}/omegate.1
  COMMAND omegate help --describe > ${CMAKE_BINARY_DIR}/command.json
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/make_manual.py ${CMAKE_BINARY_DIR}/command.json ${manual}
  DEPENDS omegate scripts/make_manual.py config/omegate.yaml VERBATIM)
add_custom_target(manual ALL DEPENDS ${manual}/omegate.1)
install(FILES ${manual}/omegate.1 ${manual}/omegate-sendmail.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
install(FILES ${manual}/omegate.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT program)
install(FILES ${manual}/omegate.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME omegate COMPONENT program)
install(FILES ${manual}/_omegate DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT program)
install(FILES ${manual}/omegate.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)

# omegate::omemo for others: find_package(omegate) finds it. What only its own code includes stays here.
set(omemo_package ${CMAKE_INSTALL_LIBDIR}/cmake/omegate)
set_target_properties(omegate_omemo PROPERTIES EXPORT_NAME omemo)
target_include_directories(omegate_omemo INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/omegate>)
target_compile_features(omegate_omemo INTERFACE cxx_std_20)
install(TARGETS omegate_omemo EXPORT omegate ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT omemo)
install(DIRECTORY bridge/core/base bridge/core/crypto bridge/core/omemo COMPONENT omemo
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/omegate/bridge/core FILES_MATCHING PATTERN *.hpp
  REGEX "crypto/(aes_blocks|field|sha256|sha256_blocks)\\.hpp$" EXCLUDE
  REGEX "omemo/(kdf|ratchet|record|uniform|wire)\\.hpp$" EXCLUDE)
install(EXPORT omegate NAMESPACE omegate:: DESTINATION ${omemo_package} FILE omegate-targets.cmake COMPONENT omemo)
configure_package_config_file(cmake/omegate-config.cmake.in ${CMAKE_BINARY_DIR}/omegate-config.cmake
  INSTALL_DESTINATION ${omemo_package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/omegate-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/omegate-config.cmake ${CMAKE_BINARY_DIR}/omegate-config-version.cmake
  DESTINATION ${omemo_package} COMPONENT omemo)
