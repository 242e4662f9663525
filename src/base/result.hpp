#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace blotter {

using error_code = boost::system::error_code;

/// A value, or why there is none. What can happen at run time is a value of this type; what cannot is
/// `check`ed.
template <class T>
using result = boost::system::result<T>;

}  // namespace blotter
