# schloss_library(NAME source... LINK library...): one folder, one target, exports its own headers.
function(schloss_library name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
    target_include_directories(${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# schloss_program(NAME source... LINK library...)
function(schloss_program name)
    cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
    add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
    target_compile_options(${name} PRIVATE -fPIE)
    target_link_options(${name} PRIVATE -pie)
    target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# schloss_test(NAME library...): builds NAME.c here and registers it with ctest, label `unit`.
function(schloss_test name)
    add_executable(${name} ${name}.c)
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE ${ARGN} ${CMOCKA_LIBRARY})
    # cmocka's macros cast away const and convert signs; our own code is held to more.
    target_compile_options(${name} PRIVATE -Wno-cast-qual -Wno-sign-conversion -Wno-conversion)
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()

# schloss_fuzz(MODULE library... [MUTATOR file] [PLANT file "text" "replacement"]): builds
# MODULE_fuzz.c here, with a mutator of its own where one is named.
#
# In the fuzz preset: bin/MODULE_fuzz (libFuzzer), and bin/MODULE_planted, the same harness over a
# copy of `file` in which one line was made wrong; the fuzzer must find that.
# In every other preset: bin/MODULE_replay, which runs each file of fuzz/corpus/MODULE and
# fuzz/regress/MODULE once, as a test with the label `corpus`.
function(schloss_fuzz module)
    cmake_parse_arguments(ARG "" "MUTATOR" "PLANT" ${ARGN})
    set(source ${CMAKE_CURRENT_SOURCE_DIR}/${module}_fuzz.c)
    set(libraries ${ARG_UNPARSED_ARGUMENTS})
    if(SCHLOSS_FUZZ)
        list(APPEND source ${ARG_MUTATOR})
        add_executable(${module}_fuzz ${source})
        target_link_libraries(${module}_fuzz PRIVATE ${libraries})
        target_compile_options(${module}_fuzz PRIVATE -fsanitize=fuzzer)
        target_link_options(${module}_fuzz PRIVATE -fsanitize=fuzzer)
        add_dependencies(fuzzers ${module}_fuzz)
        if(ARG_PLANT)
            list(GET ARG_PLANT 0 file)
            list(GET ARG_PLANT 1 text)
            list(GET ARG_PLANT 2 replacement)
            file(READ ${CMAKE_SOURCE_DIR}/${file} content)
            string(FIND "${content}" "${text}" at)
            if(at EQUAL -1)
                message(FATAL_ERROR "${module}: '${text}' is not in ${file}: update its planted bug")
            endif()
            string(REPLACE "${text}" "${replacement}" content "${content}")
            set(planted ${CMAKE_CURRENT_BINARY_DIR}/${module}_planted.c)
            file(CONFIGURE OUTPUT ${planted} CONTENT "${content}" @ONLY)
            set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${file})
            get_filename_component(folder ${CMAKE_SOURCE_DIR}/${file} DIRECTORY)
            add_executable(${module}_planted ${source} ${planted})
            target_include_directories(${module}_planted PRIVATE ${folder})
            target_link_libraries(${module}_planted PRIVATE ${libraries})
            target_compile_options(${module}_planted PRIVATE -fsanitize=fuzzer)
            target_link_options(${module}_planted PRIVATE -fsanitize=fuzzer)
            add_dependencies(fuzzers ${module}_planted)
        endif()
    else()
        add_executable(${module}_replay ${source} ${CMAKE_SOURCE_DIR}/fuzz/replay.c)
        target_link_libraries(${module}_replay PRIVATE ${libraries})
        add_test(NAME corpus_${module} COMMAND ${module}_replay
            ${CMAKE_SOURCE_DIR}/fuzz/corpus/${module} ${CMAKE_SOURCE_DIR}/fuzz/regress/${module})
        set_tests_properties(corpus_${module} PROPERTIES LABELS corpus TIMEOUT 120)
    endif()
endfunction()

# schloss_waits(TEST...): these mostly wait for limits of time, and have next to no work.
function(schloss_waits)
    set_property(GLOBAL APPEND PROPERTY SCHLOSS_WAITING ${ARGN})
endfunction()

# schloss_first(SECONDS TEST...): the longest ones, which nobody wants to begin last. ctest knows by
# itself in a build tree where they ran before.
function(schloss_first seconds)
    set_tests_properties(${ARGN} PROPERTIES COST ${seconds})
endfunction()

# schloss_weigh(DIRECTORY): a test takes two halves of a core, one that waits takes one; so ctest's
# --parallel is a number of halves, and no core idles beside who waits. ctest reads what is said
# here when it comes to DIRECTORY, the last with tests, and knows those of all the others by then.
function(schloss_weigh directory)
    set(folders ${CMAKE_SOURCE_DIR})
    set(all "")
    while(folders)
        list(POP_FRONT folders folder)
        get_property(below DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
        get_property(tests DIRECTORY ${folder} PROPERTY TESTS)
        list(APPEND folders ${below})
        if(NOT folder STREQUAL directory)
            list(APPEND all ${tests})
        endif()
    endwhile()
    get_property(waiting GLOBAL PROPERTY SCHLOSS_WAITING)
    list(REMOVE_ITEM all ${waiting} "")
    list(JOIN all " " all)
    set(weights ${CMAKE_BINARY_DIR}/weights.cmake)
    file(CONFIGURE OUTPUT ${weights} @ONLY
        CONTENT "set_tests_properties(${all} PROPERTIES PROCESSORS 2)\n")
    set_property(DIRECTORY ${directory} APPEND PROPERTY TEST_INCLUDE_FILES ${weights})
endfunction()
