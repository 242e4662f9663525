// The one place in which Asio's non-template code is compiled; see module.cmake.
#include <boost/asio/impl/src.hpp>
