# Lives take long under a sanitizer: side by side they use all processors.
set(test_parts 4)
