# The program, its worker, plugins and examples; and omegate::omemo as a CMake package of its own.
install(TARGETS omegate RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(TARGETS omegate-plugin-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/omegate COMPONENT program)
install(DIRECTORY plugins/ DESTINATION ${CMAKE_INSTALL_DATADIR}/omegate/plugins COMPONENT program)
install(DIRECTORY config/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT program)
