# cmake -DFILE=LIBRARY -DRUNPATH=FOLDERS -P set-runpath.cmake: what patchelf does, with the tool that is here anyway.
file(RPATH_SET FILE "${FILE}" NEW_RPATH "${RUNPATH}")
