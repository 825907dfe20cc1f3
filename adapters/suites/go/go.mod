module crosswire

go 1.21
