# Links in TLS.
find_package(OpenSSL REQUIRED)
target_link_libraries(blotter_net PUBLIC OpenSSL::SSL)
