// Asio and Beast, compiled once for the whole program (their separate-compilation mode): the only file
// that pays for their implementation.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
