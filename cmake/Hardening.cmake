# Compiler and linker flags, each probed by itself: what a compiler lacks is left out, and
# `schlossd --version --verbose` prints what was left in.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)

set(SCHLOSS_FLAGS "")

function(schloss_try_flag flag)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" name)
    check_c_compiler_flag("-Wformat ${flag} -Werror" ${name})
    if(${name})
        add_compile_options(${flag})
        set(SCHLOSS_FLAGS ${SCHLOSS_FLAGS} ${flag} PARENT_SCOPE)
    endif()
endfunction()

function(schloss_try_link_flag flag)
    string(MAKE_C_IDENTIFIER "HAVE_LINK${flag}" name)
    check_linker_flag(C "${flag}" ${name})
    if(${name})
        add_link_options(${flag})
        set(SCHLOSS_FLAGS ${SCHLOSS_FLAGS} ${flag} PARENT_SCOPE)
    endif()
endfunction()

foreach(flag
    -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wimplicit-fallthrough
    -Wtrampolines -Wbidi-chars=any -Wvla -Walloca -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wnull-dereference -Wduplicated-cond -Wlogical-op -Wcast-qual
    -Wwrite-strings -Wframe-larger-than=8192
    -Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types
    -Werror=int-conversion
    -fstack-protector-strong -fstack-clash-protection -fcf-protection=full
    -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr
    -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fno-common
    -fexceptions -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
    schloss_try_flag(${flag})
endforeach()

if(SCHLOSS_WERROR)
    add_compile_options(-Werror)
endif()

if(SCHLOSS_SANITIZE)
    add_compile_options(-fsanitize=${SCHLOSS_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SCHLOSS_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
    list(APPEND SCHLOSS_FLAGS -D_FORTIFY_SOURCE=3)
endif()

if(SCHLOSS_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

foreach(flag -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code
    -Wl,--as-needed -Wl,--no-copy-dt-needed-entries -Wl,--build-id=sha1)
    schloss_try_link_flag(${flag})
endforeach()
list(APPEND SCHLOSS_FLAGS -fPIE -pie)
