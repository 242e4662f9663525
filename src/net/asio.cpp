// The one place in which Asio's non-template code is compiled; see cmake/flags.cmake.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
