target_compile_definitions(blotter_app PRIVATE BLOTTER_VERSION="${PROJECT_VERSION}")
