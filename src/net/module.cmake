# Asio's own code is compiled once, in asio.cpp, instead of inline in every file that includes it.
target_compile_definitions(blotter_net PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_precompile_headers(blotter_net PRIVATE <boost/asio/io_context.hpp> <boost/asio/post.hpp>
                          <boost/asio/steady_timer.hpp> <boost/asio/posix/stream_descriptor.hpp>)
